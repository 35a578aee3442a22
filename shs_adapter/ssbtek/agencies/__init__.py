"""One module per agency: what its data says about itself, and about whom.

Each ``judge`` returns a Finding and raises Malformed (MalformedXml, MalformedAnswer) for data it cannot
read. Rule: EMPTY needs a good status and room where data would have stood; all else that holds no data is
PARTIAL or ERROR.
"""
