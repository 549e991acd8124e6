"""Every operation asked by Schemathesis with what its document allows and with what it does not: nothing may answer
5xx, nothing otherwise than it says, and nothing unsound may be taken.
"""
