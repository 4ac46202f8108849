"""What can be wrong with a file as a whole, and with asking for an import."""

from regulars.kernel import Conflict, Finding, Invalid


class Unreadable(Invalid):
    """The file cannot be read as rows and columns."""

    code = "imports.unreadable"


class TooLarge(Invalid):
    code = "imports.too_large"


class NotMapped(Invalid):
    """The mapping does not fit the file, or says too little."""

    code = "imports.not_mapped"


class NotNow(Conflict):
    """The state of the import forbids it."""

    code = "imports.not_now"


class FileGone(Conflict):
    """The file was deleted after its retention, or lies on another host."""

    code = "imports.file_gone"


def unreadable(message: str) -> Unreadable:
    return Unreadable(message, [Finding(path="file", code=Unreadable.code, message=message)])
