"""Words that the editor knows, for highlighting and completion. A test compares them with what the languages take."""

__all__ = ["PQL_CALLS", "SQL_FUNCTIONS", "SQL_TYPES", "SQL_WORDS", "vocabulary"]

_WORDS = """
add all alter and as asc between bulk by case cast column columns comment copy create cross database databases
delete desc distinct drop else end except exists explain false format from full group having if in inner insert
intersect into is join kill left like limit map not null offset on or order outer over partition query replace right
scale select set show table tables then timequantum timeunit to top transform true ttl union using values view when
where with
"""
SQL_WORDS = _WORDS.split()
"""Of the later SQL: those that name nothing unless they are quoted, and those that statements begin with or need."""

_TYPES = "bool decimal id idset idsetq int string stringset stringsetq timestamp varchar vector"
SQL_TYPES = _TYPES.split()

_FUNCTIONS = """
ascii avg char charindex coalesce corr cosine_distance count date_trunc datetimeadd datetimediff datetimefromparts
datetimename datetimepart dense_rank euclidean_distance first_value format identifier lag last_value lead len lower
ltrim max min ntile
parsetimestamp percentile prefix rank replaceall replicate reverse row_number rtrim setcontains setcontainsall
setcontainsany setexcludes space str stringsplit substring suffix sum tanimoto_coefficient totimestamp trim tuple
upper var
"""
SQL_FUNCTIONS = _FUNCTIONS.split()
"""Scalar ones, aggregates, and those over a window."""

PQL_CALLS: dict[str, tuple[str, ...]] = {
    "Row": ("from", "to"),
    "Range": ("from", "to"),
    "All": ("limit", "offset"),
    "ConstRow": ("columns",),
    "Union": (),
    "Intersect": (),
    "Difference": (),
    "Xor": (),
    "Not": (),
    "Limit": ("limit", "offset"),
    "UnionRows": (),
    "Shift": ("n",),
    "Rows": ("field", "previous", "limit", "column", "from", "to", "like", "in"),
    "TopK": ("field", "k", "filter", "from", "to"),
    "TopN": ("field", "n", "ids", "threshold", "tanimotoThreshold"),
    "GroupBy": ("filter", "aggregate", "having", "sort", "limit", "offset", "previous"),
    "Condition": (),
    "Count": (),
    "Sum": ("field",),
    "Min": ("field",),
    "Max": ("field",),
    "Percentile": ("field", "nth", "filter"),
    "MinRow": ("field",),
    "MaxRow": ("field",),
    "FieldValue": ("field", "column"),
    "IncludesColumn": ("column",),
    "Distinct": ("field", "index"),
    "Extract": (),
    "Sort": ("field", "limit", "offset", "sort-desc"),
    "Set": (),
    "Clear": (),
    "ClearRow": (),
    "Store": (),
    "Delete": (),
    "Options": ("shards",),
    "Explain": (),
}
"""The calls with the names of their arguments."""


def vocabulary() -> dict[str, object]:
    """All of it, as the editor takes it."""
    return {"words": SQL_WORDS, "types": SQL_TYPES, "functions": SQL_FUNCTIONS, "calls": PQL_CALLS}
