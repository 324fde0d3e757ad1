"""Text from elsewhere (ids, paths, cells, messages) as a terminal may show it."""

import re

# a terminal obeys the first three (C0 without tab and newline, DEL and C1); line and paragraph separators break a line,
# bidirectional marks reorder it, nobody sees signs without a width, and a lone surrogate, from a file name that is not
# UTF-8, cannot be written at all
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return the text with signs that a terminal would obey, or could not show, as their codes.

    Example:
        >>> print(printable("case\x1b[31m_1"))
        case\x1b[31m_1
    """
    return _UNSAFE.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    r"""Return the text as one printable line.

    Example:
        >>> one_line("a\n  b")
        'a b'
    """
    return printable(" ".join(re.split(r"[ \t\r\n]+", text.strip())))
