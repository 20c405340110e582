"""Configuration files as people and programs leave them.

In files of JSON hosts, `SERVERS` stands for the key under which a host has its servers.
"""

from __future__ import annotations

OTHER = '"github": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"]}'

JSON: dict[str, bytes] = {
    "nothing": b"",
    "white space only": b"\n  \n",
    "byte order mark only": b"\xef\xbb\xbf",
    "empty object": b"{}",
    "empty object with a line break": b"{}\n",
    "empty object over two lines": b"{\n}\n",
    "no servers yet": b'{\n  "theme": "dark"\n}\n',
    "empty servers": b'{\n  "SERVERS": {}\n}\n',
    "empty servers over two lines": b'{\n  "SERVERS": {\n  }\n}\n',
    "another server": b"""{
  "SERVERS": {
    "filesystem": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/mei/Desktop"],
      "env": {}
    }
  }
}
""",
    "other servers and settings around them": b"""{
  "globalShortcut": "Ctrl+Space",
  "SERVERS": {
    "brave": {"command": "npx", "args": ["-y", "brave"], "env": {"BRAVE_API_KEY": "BSA-secret"}},
    "linear": {"url": "https://mcp.linear.app/sse"}
  },
  "preferences": {"menuBarEnabled": false, "legacyQuickEntryEnabled": false}
}""",
    "four spaces": b'{\n    "SERVERS": {\n        "a": {\n            "command": "b"\n        }\n    }\n}\n',
    "tabs": b'{\n\t"SERVERS": {\n\t\t"a": {\n\t\t\t"command": "b"\n\t\t}\n\t}\n}\n',
    "no indentation": b'{\n"SERVERS": {\n"a": {\n"command": "b"\n}\n}\n}\n',
    "CRLF": b'{\r\n  "SERVERS": {\r\n    "a": {\r\n      "command": "b"\r\n    }\r\n  }\r\n}\r\n',
    "byte order mark and CRLF": b'\xef\xbb\xbf{\r\n  "SERVERS": {}\r\n}\r\n',
    "no line break at the end": b'{\n  "SERVERS": {\n    "a": {"command": "b"}\n  }\n}',
    "minified": b'{"numStartups":3,"SERVERS":{"a":{"command":"b","args":[]}},"userID":"0f"}',
    "one line with spaces": b'{"SERVERS": {"a": {"command": "b"}}}\n',
    "servers in one line of many": b'{\n  "a": 1,\n  "SERVERS": {"a": {"command": "b"}},\n  "z": 2\n}\n',
    "brace on the last line of a member": b'{\n  "a": 1,\n  "b": 2 }\n',
    "slashes and braces in strings": b'{\n  "a": "http://x/*y*/ // z",\n  "b": "}{\\"],[\\\\",\n  "SERVERS": {}\n}\n',
    "keys of ours elsewhere": b"""{
  "projects": {"/home/mei/site": {"SERVERS": {"videogen": {"url": "https://elsewhere.example/mcp"}}}},
  "videogen": {"command": "something else"},
  "SERVERS": {"a": {"SERVERS": {"videogen": {}}}}
}
""",
    "keys that are ours but for their case": b'{\n  "SERVERS": {\n    "VideoGen": {"command": "x"}\n  }\n}\n',
    "unicode": '{\n  "größe": "日本語 🎬",\n  "SERVERS": {"é": {"command": "\\u00e9\\ud83c\\udfac"}}\n}\n'.encode(),
    "deep nesting": b'{\n  "SERVERS": {},\n  "x": ' + b'{"y": [' * 40 + b"null" + b"]}" * 40 + b"\n}\n",
    "numbers to the letter": b'{\n  "a": 1.0,\n  "b": 1e400,\n  "c": 12345678901234567890123,\n  "d": -0.0\n}\n',
    "the same key twice elsewhere": b'{\n  "a": 1,\n  "a": 2,\n  "SERVERS": {}\n}\n',
    "large": b'{\n  "history": ['
    + b", ".join(b'{"display": "make a film of %d pears", "pastedContents": {}}' % number for number in range(300))
    + b'],\n  "SERVERS": {}\n}\n',
}

COMMENTED: dict[str, bytes] = {
    "settings of Zed": b"""// Zed settings
//
// For information on how to configure Zed, see the Zed
// documentation: https://zed.dev/docs/configuring-zed
{
  "ui_font_size": 16, // px
  /* servers */
  "SERVERS": {
    // this one I need
    "postgres": {
      "command": "docker",
      "args": ["run", "-i", "--rm", "mcp/postgres", "postgresql://localhost/db"], // no ssl
    },
  },
  "theme": {
    "mode": "system",
    "light": "One Light",
    "dark": "One Dark", // "Gruvbox",
  },
}
""",
    "comments only": b"// nothing yet\n",
    "a comment at the end without a line break": b'{\n  "SERVERS": {}\n}\n// the end',
    "servers that hold a comment only": b'{\n  "SERVERS": {\n    // "a": {"command": "b"}\n  }\n}\n',
    "a comment after the last member": b'{\n  "SERVERS": {\n    "a": {"command": "b"} // last\n  }\n}\n',
    "a trailing comma and a comment": b'{\n  "SERVERS": {\n    "a": {"command": "b"}, // last\n  },\n}\n',
    "a long comment after the last member": b'{\n  "SERVERS": {\n    "a": {} /* one\n    two */\n  }\n}\n',
    "a comment that holds JSON": b'{\n  /* "SERVERS": {"videogen": {}}, */\n  "SERVERS": {}\n}\n',
    "comments in one line": b'{/* a */"SERVERS":{/* b */"a":{}/* c */}/* d */}',
    "inputs of VS Code": b"""{
	"inputs": [
		{"type": "promptString", "id": "token", "description": "Token", "password": true},
	],
	"SERVERS": {
		"github": {
			"type": "http",
			"url": "https://api.githubcopilot.com/mcp/",
			"headers": {"Authorization": "Bearer ${input:token}"}, // asked once
		},
	},
}
""",
    "only a carriage return between lines": b'{\r  "a": 1, // one\r  "SERVERS": {}\r}\r',
}
"""JSON with comments, which a host of plain JSON would not read."""

TOML: dict[str, bytes] = {
    "nothing": b"",
    "white space only": b"\n\n",
    "a setting": b'model = "gpt-5.5-codex"\n',
    "no line break at the end": b'model = "gpt-5.5-codex"',
    "a comment at the end without a line break": b'model = "x"\n# the end',
    "settings of Codex": b"""# ~/.codex/config.toml
model = "gpt-5.5-codex"          # the big one
model_reasoning_effort = "high"
approval_policy = "on-request"

[projects."/home/mei/site"]
trust_level = "trusted"

[mcp_servers.github]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-github"]
env = { "GITHUB_TOKEN" = "ghp_secret" }

[mcp_servers.docs]
url = "https://developers.openai.com/mcp"

[tui]
notifications = true
""",
    "CRLF": b'model = "x"\r\n\r\n[mcp_servers.a]\r\ncommand = "b"\r\n',
    "byte order mark": b'\xef\xbb\xbfmodel = "x"\n',
    "a table of servers": b'[mcp_servers]\n\n[mcp_servers.a]\ncommand = "b"\n',
    "inline servers in a table": b'[mcp_servers]\na = { command = "b", args = ["c"] } # mine\n\n[tui]\n',
    "an inline table of servers": b'mcp_servers = { a = { command = "b" } }\nmodel = "x"\n',
    "an empty inline table of servers": b"mcp_servers = {}\n",
    "dotted keys": b'mcp_servers.a.command = "b"\nmcp_servers.a.args = []\nmodel = "x"\n',
    "quoted keys": b'[mcp_servers."a.b"]\ncommand = "c"\n\n[mcp_servers.\'d"e\']\ncommand = "f"\n',
    "spaces in a header": b'[ mcp_servers . a ]\ncommand = "b"\n',
    "a key of ours that is quoted": b'[mcp_servers."videogen-old"]\ncommand = "x"\n',
    "arrays of tables": b'[[hooks.stop]]\ncommand = "a"\n\n[[hooks.stop]]\ncommand = "b"\n',
    "our header inside a string": b"notes = \"\"\"\n[mcp_servers.videogen]\n\"\"\"\nmore = '''\n[a]\n'''\n",
    "arrays over several lines": b'notify = [\n  "a", # ]\n  "]",\n  [1,\n   2],\n]\n[mcp_servers.a]\ncommand = "b"\n',
    "every kind of value": b"a = 1_000\nb = 0xff\nc = 1.5e3\nd = inf\ne = nan\nf = true\n"
    b"g = 1979-05-27T07:32:00Z\nh = 07:32:00\ni = 1979-05-27\nj = '''x''y'''\nk = \"\"\"z\\\"\"\"\"\n",
    "indented": b'[mcp_servers]\n  [mcp_servers.a]\n  command = "b"\n    [mcp_servers.a.env]\n    C = "d"\n',
    "unicode": '"größe" = "日本語 🎬"\n\n[mcp_servers."é"]\ncommand = "\\u00e9"\n'.encode(),
    "a table of the same name elsewhere": b'[videogen]\ncommand = "x"\n\n[profiles.mcp_servers.videogen]\nurl = "y"\n',
    "large": b"".join(b'[projects."/home/mei/%d"]\ntrust_level = "trusted"\n' % number for number in range(100)),
}

BROKEN_JSON: dict[str, tuple[bytes, str]] = {
    "a missing brace": (b'{\n  "SERVERS": {\n', "is no JSON: line 3, column 1: a key in quotes is missing"),
    "a missing comma": (b'{\n  "a": 1\n  "b": 2\n}', "is no JSON: line 3, column 3: } or , is missing"),
    "two values": (b"{}{}", "is no JSON: line 1, column 3: the text goes on"),
    "a word": (b"hello", "is no JSON: line 1, column 1: 'h' is not expected here"),
    "single quotes": (b"{'a': 1}", "is no JSON: line 1, column 2"),
    "keys without quotes": (b"{a: 1}", "is no JSON: line 1, column 2"),
    "a comment without an end": (b'{"a": 1} /* ', "a comment has no end"),
    "a string without an end": (b'{"a": "b\n}', "a string has no end"),
    "a backslash that means nothing": (b'{"a": "\\q"}', "a backslash in this string means nothing"),
    "two commas": (b'{"a": 1,, "b": 2}', "is no JSON: line 1, column 9"),
    "a comma before a member": (b'{, "a": 1}', "is no JSON: line 1, column 2"),
    "a number that is none": (b'{"a": 012}', "is no JSON: line 1, column 7"),
    "not a number": (b'{"a": NaN}', "is no JSON: line 1, column 7"),
    "a list": (b"[]", "has something other than an object at its top"),
    "a text": (b'"SERVERS"', "has something other than an object at its top"),
    "nothing at all": (b"null", "has something other than an object at its top"),
    "servers that are a list": (b'{"SERVERS": []}', "has something other than an object at 'SERVERS'"),
    "servers that are null": (b'{"SERVERS": null}', "has something other than an object at 'SERVERS'"),
    "servers twice": (b'{"SERVERS": {}, "SERVERS": {}}', "has 'SERVERS' twice at its top"),
    "our entry twice": (b'{"SERVERS": {"videogen": {}, "videogen": {}}}', "has 'videogen' twice at 'SERVERS'"),
    "UTF-16": ('{"SERVERS": {}}'.encode("utf-16"), "is written in UTF-16"),
    "Latin 1": ('{"a": "é"}'.encode("latin-1"), "is not text in UTF-8 (byte 7)"),
    "zero bytes": (b"\0" * 100, "is not text"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text in UTF-8 (byte 0)"),
    "nested without end": (b'{"a": ' + b"[" * 100_000, "has more than 200 objects and lists inside each other"),
    "a tab in a string": (b'{"a": "\t"}', "line 1, column 7: a string has no end in its line, or holds a tab"),
    "a merge that was not finished": (b"{\n<<<<<<< HEAD\n}\n", "is no JSON: line 2, column 1"),
    "a page of a proxy": (b"<!DOCTYPE html>\n<html></html>", "is no JSON: line 1, column 1"),
}
"""Files of JSON hosts that are left as they are, and the reason that is given."""

BROKEN_TOML: dict[str, tuple[bytes, str]] = {
    "JSON": (b'{"mcp_servers": {}}', "is no TOML"),
    "a string without an end": (b'model = "x\n', "is no TOML"),
    "the same key twice": (b"a = 1\na = 2\n", "is no TOML"),
    "the same table twice": (b"[mcp_servers.a]\n[mcp_servers.a]\n", "is no TOML"),
    "servers that are a list of tables": (
        b'[[mcp_servers]]\nname = "a"\n',
        "something other than a table at 'mcp_servers'",
    ),
    "servers that are a number": (b"mcp_servers = 1\n", "something other than a table at 'mcp_servers'"),
    "a number without end": (b"a = " + b"9" * 5000, "is no TOML"),
    "nested without end": (b"a = " + b"[" * 10_000, "is no TOML"),
    "UTF-16": ("a = 1".encode("utf-16"), "is written in UTF-16"),
    "zero bytes": (b"a = 1\0", "is not text"),
}
"""Files of Codex that are left as they are, and the reason that is given."""
