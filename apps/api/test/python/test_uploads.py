"""Direct uploads: the bytes go to the store by requests that the service signed."""

import unittest
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

import httpx
from file_upload_client.api.uploads import (
    abort_upload,
    complete_upload,
    get_upload,
    open_upload,
    sign_parts,
)
from file_upload_client.models import (
    CompletedPart,
    CompleteUploadRequest,
    CreateFileResponse,
    FileMetadata,
    MultipartPlan,
    OpenedUpload,
    OpenUploadRequest,
    ProblemCode,
    SignedPart,
    SignedParts,
    SignPartsRequest,
    SinglePlan,
    UploadState,
    ValidationStatus,
)

from service import CLIENT, content_of, examined, expect, refusal

SMALL = token_bytes(100_000)
LARGE = token_bytes(20 * 1024 * 1024 + 7)


def begin(content: bytes) -> OpenedUpload:
    body = OpenUploadRequest(file_name="direct.bin", file_size=len(content))
    return expect(OpenedUpload, open_upload.sync(client=CLIENT, body=body))


def send(request: SinglePlan | SignedPart, content: bytes) -> httpx.Response:
    headers = request.headers.additional_properties
    return httpx.request(request.method.value, request.url, headers=headers, content=content)


def send_parts(upload: OpenedUpload, numbers: list[int]) -> list[CompletedPart]:
    """Sends these parts of the large file, all at once."""
    size = expect(MultipartPlan, upload.upload).part_size
    body = SignPartsRequest(part_numbers=numbers)
    signed = expect(SignedParts, sign_parts.sync(upload.file_id, client=CLIENT, body=body))

    def send_part(part: SignedPart) -> CompletedPart:
        end = part.part_number * size
        answer = send(part, LARGE[end - size : end]).raise_for_status()
        return CompletedPart(part_number=part.part_number, etag=answer.headers["etag"])

    with ThreadPoolExecutor() as pool:
        return list(pool.map(send_part, signed.parts))


def complete(file_id: str, parts: list[CompletedPart] | None = None) -> object:
    body = CompleteUploadRequest() if parts is None else CompleteUploadRequest(parts=parts)
    return complete_upload.sync(file_id, client=CLIENT, body=body)


class InOneRequest(unittest.TestCase):
    def test_the_file_is_there_although_nobody_completes_it(self) -> None:
        upload = begin(SMALL)
        self.assertEqual(send(expect(SinglePlan, upload.upload), SMALL).status_code, 200)
        self.assertIs(examined(upload.file_id).validation_status, ValidationStatus.VALID)
        self.assertEqual(content_of(upload.file_id), SMALL)

    def test_it_can_be_completed_and_that_twice(self) -> None:
        upload = begin(SMALL)
        send(expect(SinglePlan, upload.upload), SMALL).raise_for_status()
        for _ in range(2):
            created = expect(CreateFileResponse, complete(upload.file_id))
            self.assertEqual(created.metadata.file_size, len(SMALL))

    def test_other_bytes_than_were_declared_are_refused_by_the_store(self) -> None:
        upload = begin(SMALL)
        request = expect(SinglePlan, upload.upload)
        self.assertEqual(send(request, SMALL[1:]).status_code, 403)
        self.assertIs(refusal(complete(upload.file_id)), ProblemCode.FILE_NOT_READY)


class InParts(unittest.TestCase):
    def test_parts_come_in_any_order_and_the_list_of_the_store_is_used(self) -> None:
        upload = begin(LARGE)
        self.assertEqual(expect(MultipartPlan, upload.upload).part_count, 3)
        send_parts(upload, [3, 1, 2])
        created = expect(CreateFileResponse, complete(upload.file_id))
        self.assertEqual(created.metadata.file_size, len(LARGE))
        self.assertEqual(content_of(upload.file_id), LARGE)
        self.assertIs(examined(upload.file_id).validation_status, ValidationStatus.VALID)

    def test_the_state_is_all_that_going_on_takes(self) -> None:
        upload = begin(LARGE)
        sent = send_parts(upload, [2])
        self.assertIs(refusal(complete(upload.file_id)), ProblemCode.INVALID_PART)

        state = expect(UploadState, get_upload.sync(upload.file_id, client=CLIENT))
        plan = expect(MultipartPlan, state.upload)
        self.assertEqual(state.expires_at, upload.expires_at)
        there = {part.part_number for part in state.uploaded_parts}
        sent += send_parts(upload, [n + 1 for n in range(plan.part_count) if n + 1 not in there])
        expect(CreateFileResponse, complete(upload.file_id, sent))
        self.assertEqual(content_of(upload.file_id), LARGE)

        state = expect(UploadState, get_upload.sync(upload.file_id, client=CLIENT))
        self.assertEqual((state.upload, state.expires_at), (None, None))
        self.assertEqual(expect(FileMetadata, state.metadata).file_size, len(LARGE))

    def test_a_wrong_etag_and_a_part_too_many_are_refused(self) -> None:
        upload = begin(LARGE)
        sent = send_parts(upload, [1, 2, 3])
        sent[0].etag = f'"{"0" * 32}"'
        self.assertIs(refusal(complete(upload.file_id, sent)), ProblemCode.INVALID_PART)
        body = SignPartsRequest(part_numbers=[4])
        answer = sign_parts.sync(upload.file_id, client=CLIENT, body=body)
        self.assertIs(refusal(answer), ProblemCode.INVALID_PART_NUMBER)

    def test_an_upload_that_is_aborted_is_gone(self) -> None:
        upload = begin(LARGE)
        send_parts(upload, [1])
        for _ in range(2):
            answer = abort_upload.sync_detailed(upload.file_id, client=CLIENT)
            self.assertEqual(answer.status_code, 204)
        self.assertIs(refusal(complete(upload.file_id)), ProblemCode.UPLOAD_NOT_FOUND)

    def test_a_file_is_no_upload_that_can_be_aborted(self) -> None:
        upload = begin(SMALL)
        send(expect(SinglePlan, upload.upload), SMALL).raise_for_status()
        expect(CreateFileResponse, complete(upload.file_id))
        answer = abort_upload.sync(upload.file_id, client=CLIENT)
        self.assertIs(refusal(answer), ProblemCode.UPLOAD_FINISHED)
