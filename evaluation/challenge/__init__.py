"""A behavioural test of sentences that feel: which phenomena the service gets right, and which changes mislead it.

Source: Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList", ACL 2020: minimum
functionality (`sentences.jsonl`, which was looked at in development, and `feelings.jsonl`, written blind), invariance
and directional expectation (`changes.jsonl`). Nobody trains on any of them; models were compared on `sentences.jsonl`.
"""
