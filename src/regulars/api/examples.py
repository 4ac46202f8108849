"""An example of every body in the description, put together from the examples of its parts."""

from collections.abc import Iterator, Mapping
from typing import Any

DEPTH_MAX = 8  # A reason holds reasons.
PLAIN = {"integer": 1, "number": 0.5, "boolean": True, "string": "text", "null": None}


def add_examples(described: dict[str, Any]) -> None:
    """Give each request and each answer in JSON an example that fits its schema."""
    schemas = described["components"]["schemas"]
    for media in _media(described):
        media.setdefault("example", example(media["schema"], schemas))


def _media(described: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {})]
            bodies += [body for status, body in operation["responses"].items() if status.startswith("2")]
            for body in bodies:
                yield from (m for m in body.get("content", {}).values() if m.get("schema"))


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits: what the schema itself gives as an example, else one made of its parts."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    for given in ("anyOf", "oneOf", "allOf"):
        if given in schema:
            return example(schema[given][0], schemas, depth)
    return _of_type(schema, schemas, depth + 1)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:
    sort = schema.get("type")
    if sort == "object":
        return {name: example(one, schemas, depth) for name, one in schema.get("properties", {}).items()}
    if sort == "array":
        return [example(schema.get("items", {}), schemas, depth)] if depth < DEPTH_MAX else []
    return PLAIN.get(str(sort))
