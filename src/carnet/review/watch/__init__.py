"""Watching: what changes for my projects, on which day, and what was sent by others to be judged by a person.

`steps` finds dated steps, `moves` what they do to verdicts and papers, `knowledge` how old what we know is, `watch`
joins them; `calendar` and `feeds` write them in other people's formats; `notices` and `queue` take what others publish.
"""
