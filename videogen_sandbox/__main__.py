"""`python -m videogen_sandbox` is the command `videogen-sandbox`."""

import sys

from videogen_sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main())
