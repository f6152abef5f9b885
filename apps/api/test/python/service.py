"""The service that the tests speak to, and what all of them need."""

import os
import time
from typing import TypeVar

import httpx
from file_upload_client import Client
from file_upload_client.api.files import get_file, get_file_content
from file_upload_client.models import FileMetadata, Problem, ProblemCode, ValidationStatus

T = TypeVar("T")

CLIENT = Client(base_url=os.environ["SERVICE_URL"], raise_on_unexpected_status=True)


def expect(kind: type[T], answer: object) -> T:
    """The answer, as what it has to be. Anything else is a failure that shows it."""
    if not isinstance(answer, kind):
        raise AssertionError(f"expected {kind.__name__}, not {answer}")
    return answer


def refusal(answer: object) -> ProblemCode:
    """The code of the problem that the answer has to be."""
    problem = expect(Problem, answer)
    if not problem.message or not problem.request_id:
        raise AssertionError(f"a problem that says nothing: {problem}")
    return problem.code


def examined(file_id: str) -> FileMetadata:
    """The file, once the workflow has looked at it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        metadata = expect(FileMetadata, get_file.sync(file_id, client=CLIENT))
        if metadata.validation_status in (ValidationStatus.VALID, ValidationStatus.INVALID):
            return metadata
        time.sleep(0.05)
    raise AssertionError(f"nobody examined {file_id}")


def content_of(file_id: str) -> bytes:
    """The bytes of the file, from where the service says that they are."""
    answer = get_file_content.sync_detailed(file_id, client=CLIENT)
    return httpx.get(answer.headers["location"]).raise_for_status().content
