"""The guided tour: the quick start step by step, each call and its answer to be seen.

`steps.py` says what there is to do, `finding.py` what is done already, as the API tells it, `transcript.py` keeps
what was answered, and `running.py` makes the calls. The page that shows it is `pages/tour.py`.
"""

__all__: list[str] = []
