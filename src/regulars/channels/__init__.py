"""Channels: what carries a message away, and what it says of having done so."""

from regulars.channels.channel import CHANNELS, Channel, Message, Receipt, RecordingChannel, mime
from regulars.channels.returning import read_return_path, return_path

__all__ = [
    "CHANNELS",
    "Channel",
    "Message",
    "Receipt",
    "RecordingChannel",
    "mime",
    "read_return_path",
    "return_path",
]
