"""The room `contacts`: leads come in, each person is kept once, and what identifies them is sealed.

A lead's way: `api` -> `intake` (look up, `resolving`, `sealing`, and again if somebody was quicker) -> `capture`, the
unit of work. A batch goes the same way by the chunk (`batch`). `people` finds, `reading` lists and searches, `editing`
changes by hand.
"""
