"""SQL as text: its statements, and the tables of the lake that it names."""

import re

LAYERS = ("bronze", "silver", "gold")

#: What has a meaning of its own: comments and quoted text, in which nothing else counts, as Spark's own lexer tells them
#: apart. Raw strings have no escapes; a backslash at a line's end takes the next line along into the comment.
TOKEN = re.compile(
    r"""
    (?P<line>--(?:\\\n|[^\r\n])*)
  | (?P<block>/\*)
  | (?P<raw>(?<![\w])[rR](?:'[^']*(?:'|\Z)|"[^"]*(?:"|\Z)))
  | (?P<text>'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z))
  | (?P<dollars>\$(?P<tag>[A-Za-z]*)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<name>`(?:[^`]|``)*(?:`|\Z))
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
#: The kinds in which no word is one of SQL's own.
COMMENTS, TEXTS = ("line", "block"), ("raw", "text", "dollars")
BLOCK = re.compile(r"/\*|\*/")
#: Spark's catalog takes no other names of tables.
TABLE = re.compile(rf"(?<![\w.`])(`?)({'|'.join(LAYERS)})\1\s*\.\s*(`?)([A-Za-z0-9_]+)\3(?![\w`])", re.IGNORECASE)


def end_of_block(text, begin):
    """Where a comment ends; Spark's may contain others."""
    depth = 0
    for mark in BLOCK.finditer(text, begin):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def tokens(text):
    """(kind, begin, end) of comments, quoted texts and names, and semicolons."""
    at = 0
    while match := TOKEN.search(text, at):
        kind = match.lastgroup
        at = end_of_block(text, match.start()) if kind == "block" else match.end()
        yield kind, match.start(), at


def without(text, *kinds):
    """The text with blanks in place of these, so that all else stays where it is."""
    parts, at = [], 0
    for kind, begin, end in tokens(text):
        if kind in kinds:
            parts += [text[at:begin], re.sub(r"[^\n]", " ", text[begin:end])]
            at = end
    return "".join(parts) + text[at:]


def statements(text):
    """(statement, number of the line that it begins on, from 0). A script (BEGIN … END) is one statement."""
    bare = without(text, *COMMENTS, *TEXTS, "name")
    if re.match(r"\s*BEGIN\b(?!\s+TRANSACTION)", bare, re.IGNORECASE):
        ends = [len(text)]
    else:
        ends = [begin for kind, begin, _ in tokens(text) if kind == "end"] + [len(text)]
    code = without(text, *COMMENTS)
    found, begin = [], 0
    for end in ends:
        first = begin + len(code[begin:end]) - len(code[begin:end].lstrip())
        if first < end:
            found.append((text[first:end].rstrip(), text.count("\n", 0, first)))
        begin = end + 1
    return found


def lake_tables(text):
    """(layer, table) of the names `bronze.x`, `silver.x` and `gold.x`, each once."""
    matches = TABLE.finditer(without(text, *COMMENTS, *TEXTS))
    return list(dict.fromkeys((match.group(2).lower(), match.group(4)) for match in matches))
