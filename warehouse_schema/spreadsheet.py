"""What a spreadsheet program puts in the place of a value, by which a code or a name is lost.

Regular expressions over a whole text that Java, Rust and Python read alike.
"""

from __future__ import annotations

SPREADSHEET_ERROR = (
    "(?i)#(N/A|NA|REF!|VALUE!|DIV/0!|NAME[?]|NULL!|NUM!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|EXTERNAL!|PYTHON!|TIMEOUT!)"
    "|#{3,}|Err:[0-9]{3}"
)
"""The error values of Excel and LibreOffice, and the signs shown where a column is too narrow, which are saved to CSV as they are shown."""
SCIENTIFIC_NOTATION = "[+-]?([0-9]+[.,][0-9]*[eE][+-]?[0-9]{1,3}|[0-9]+[eE][+][0-9]{1,3}|[0-9][eE]-[0-9]{2,3})"
"""A number in scientific notation, with a point or a decimal comma: its last digits are gone.

Not `4e12`, which no program writes so, and which may be four hexadecimal digits of an identifier.
"""
ERROR_MARK, ROUNDED_MARK = "#N/A", "0E+0"
"""What the border puts in the place of a personal value that has one of these forms: itself of the form, so that the row is rejected as by any other
column; never a token, which has 32 hexadecimal digits; and without the digits that were left of a person's number.
"""
PERHAPS_LOST = "^(#|[Ee][Rr][Rr]:|[+-]?[0-9]+[.,]?[0-9]*[eE][+-]?[0-9]{1,3}$)"
"""How everything begins that has one of these forms: quick to look for, since hardly a value does."""
