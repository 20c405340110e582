"""`python -m videogen_mcp`: the command videogen-mcp."""

from videogen_mcp.cli import main

if __name__ == "__main__":
    main()
