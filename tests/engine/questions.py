"""Questions that lean on what writes maintain: counters, histograms, cached bitmaps."""

from roarbase.engine import plan as p

IN_2000 = p.TimeRange(946_684_800, 978_307_200)
LATELY = p.TimeRange(3600)

QUESTIONS: list[p.Plan] = [
    p.Count(p.RowIs("visits", "a", IN_2000)),
    p.Count(p.RowIs("visits", "b", LATELY)),
    p.Count(p.RowIs("steps", 1, LATELY)),
    p.Count(p.RowIs("steps", 1)),
    p.Count(p.Intersect((p.RowIs("visits", "a", LATELY), p.RowIs("visits", "a", IN_2000), p.RowIs("visits", "a")))),
    p.TopRows(field="visits", during=LATELY),
    p.TopRows(field="steps", input=p.RowIs("flag", True), during=IN_2000),
    p.Count(p.RowIs("kind", 7)),
    p.Count(p.RowIs("tags", 1)),
    p.Count(p.RowIs("flag", True)),
    p.Count(p.RowsIn("words", ("a", "b"))),
    p.Count(p.NumberRange("count", -3, 435)),
    p.Count(p.NumberRange("price", 0)),
    p.Count(p.NotNull("seen")),
    p.Count(p.Intersect((p.NumberRange("count", -3, 435), p.RowIs("tags", 1), p.RowIs("words", "a")))),
    p.Sum("count"),
    p.Sum("price", p.RowIs("flag", True)),
    p.MinMax("min", "count"),
    p.MinMax("max", "seen"),
    p.Distinct("price"),
    p.Stamped("visits"),
    p.Stamped("steps"),
    p.Rows(field="words"),
    p.TopRows(field="tags"),
    p.TopRows(field="tags", input=p.NumberRange("count", -3, 435)),
    p.TopRows(field="flag", input=p.NotNull("kind")),
    p.GroupBy(fields=(p.GroupField(field="species"),)),
    p.GroupBy(fields=(p.GroupField(field="count", within=(0, 1, 435)),)),
    p.GroupBy(fields=(p.GroupField(field="flag"), p.GroupField(field="tags"))),
    p.GroupBy(fields=(p.GroupField(field="words", limit=2), p.GroupField(field="words")), input=p.NotNull("kind")),
    p.Summarize(input=p.All(), keys=("flag",), values=(p.SummaryValue("count"),)),
    p.Count(p.Intersect((p.NotNull("tags"), p.NotNull("words"), p.NotNull("kind"), p.NotNull("visits")))),
    p.Summarize(input=p.All(), keys=("tags",), values=(p.SummaryValue("count"),)),
    p.Summarize(
        input=p.All(), keys=("flag", "words"), values=(p.SummaryValue("count"), p.SummaryValue("count", "kind"))
    ),
    p.Summarize(input=p.All(), keys=("kind", "tags"), values=(p.SummaryValue("count"),)),
    p.Summarize(input=p.NumberRange("count", 0), keys=("flag", "species"), values=(p.SummaryValue("count"),)),
    p.Summarize(input=p.All(), keys=("steps",), values=(p.SummaryValue("count", "visits"),)),
    p.Summarize(input=p.All(), keys=("count",), values=(p.SummaryValue("count"),)),
]
