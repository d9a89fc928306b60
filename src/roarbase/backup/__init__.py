"""Backups: the files of a deployment at one moment, in a folder or an object store, and back from there.

places.py      what the text of a target or source means
target.py      the port: where objects are kept
folder.py      a folder of this machine
objects.py     S3, Google Cloud Storage and Azure, through obstore
web.py         a web server that offers the files, to fetch from only; or one file
archive.py     an archive of a backup's folder, made a folder again for as long as it is needed
tar.py         reading archives that nobody vouches for
opening.py     from a place to its target; obstore is loaded there, when it is needed
index.py       what a backup says of itself, written last
making.py      sending what is not there yet
fetching.py    getting all of it, checked
"""

__all__: list[str] = []
