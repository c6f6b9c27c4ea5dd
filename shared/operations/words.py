"""Every text of the command line in Chinese and English; QIHANG_LANG chooses, Chinese by default."""

import os


def say(chinese: str, english: str) -> str:
    """The text in the language of whoever runs the command."""
    return english if os.environ.get("QIHANG_LANG", "zh").lower().startswith("en") else chinese
