"""Reports for people: the report views, read in a stream and written in Swedish.

Rule 1: unknown is "okänt", never 0 and never blank; no report says "nothing" without saying what was not
checked. Rule 2: nothing leads to a person but case id and household role, and of a protected identity only
that there is a row, unless the reader has asked for persons, which the journal then says.
"""
