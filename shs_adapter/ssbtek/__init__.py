"""The SSBTEK payload: questions to bytes, answers to outcomes.

Rule: pure. No I/O, no clock (today is passed in), no logging, and nothing is known of SHS. No exception
text and no repr shows a personal number, a case, a case worker or anything an agency wrote in free text.
"""
