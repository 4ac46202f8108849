"""Channels: what carries a message away, and what it says of having done so."""

from regulars.channels.channel import CHANNELS, Channel, Message, Receipt, RecordingChannel, mime

__all__ = ["CHANNELS", "Channel", "Message", "Receipt", "RecordingChannel", "mime"]
