"""Files in one request: stored, found, read and deleted."""

import asyncio
import base64
import datetime
import hashlib
import unittest
from io import BytesIO
from secrets import token_bytes, token_hex

import httpx
from file_upload_client.api.files import (
    create_file,
    delete_file,
    get_file,
    get_file_content,
    get_file_history,
    list_files,
)
from file_upload_client.api.service import get_health
from file_upload_client.models import (
    CreateFileForm,
    CreateFileRequest,
    CreateFileResponse,
    DependencyState,
    FileHistory,
    FileList,
    FileMetadata,
    FileValidation,
    Health,
    ProblemCode,
    Sha256Checksum,
    Sha256ChecksumAlgorithm,
    ValidationStatus,
    Visibility,
)
from file_upload_client.types import UNSET, File

from service import CLIENT, examined, expect, refusal


def sha256(content: bytes) -> Sha256Checksum:
    value = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return Sha256Checksum(algorithm=Sha256ChecksumAlgorithm.SHA256, value=value)


def form(content: bytes, name: str = "note.bin") -> CreateFileForm:
    return CreateFileForm(file=File(BytesIO(content), name, "application/octet-stream"))


def in_json(content: bytes) -> CreateFileRequest:
    text = base64.b64encode(content).decode()
    return CreateFileRequest(file_content=text, file_name="note.bin", checksum=sha256(content))


def store(body: CreateFileForm | CreateFileRequest) -> FileMetadata:
    created = expect(CreateFileResponse, create_file.sync(client=CLIENT, body=body))
    return created.metadata


class Files(unittest.TestCase):
    def test_a_form_becomes_a_file_that_is_described_and_read(self) -> None:
        content = token_bytes(300_000)
        metadata = store(form(content, "Übersicht №1.bin"))
        self.assertEqual(metadata.file_name, "Übersicht №1.bin")
        self.assertEqual(metadata.file_size, len(content))
        self.assertEqual(metadata.content_type, "application/octet-stream")
        self.assertEqual(metadata.upload_time.tzinfo, datetime.timezone.utc)
        self.assertIs(metadata.visibility, Visibility.PRIVATE)
        self.assertIs(examined(metadata.file_id).validation_status, ValidationStatus.VALID)
        self.assertEqual(httpx.get(metadata.file_url, follow_redirects=True).content, content)

    def test_a_form_takes_fields_beside_the_file(self) -> None:
        content = token_bytes(1000)
        body = form(content)
        body.file_name, body.visibility, body.checksum = "b.bin", Visibility.PUBLIC, sha256(content)
        metadata = store(body)
        self.assertEqual(metadata.file_name, "b.bin")
        self.assertIs(metadata.visibility, Visibility.PUBLIC)
        self.assertEqual(metadata.checksum, sha256(content))

    def test_json_becomes_a_file_with_the_checksum_that_was_declared(self) -> None:
        content = token_bytes(1000)
        metadata = store(in_json(content))
        self.assertEqual(expect(Sha256Checksum, metadata.checksum), sha256(content))

    def test_the_content_is_where_the_redirect_says(self) -> None:
        content = token_bytes(1000)
        file_id = store(form(content)).file_id
        answer = get_file_content.sync_detailed(file_id, client=CLIENT)
        self.assertEqual(answer.status_code, 307)
        part = httpx.get(answer.headers["location"], headers={"range": "bytes=10-19"})
        self.assertEqual(part.content, content[10:20])

    def test_a_client_that_follows_redirects_gets_the_content(self) -> None:
        content = token_bytes(1000)
        file_id = store(form(content)).file_id
        following = type(CLIENT)(base_url=CLIENT._base_url, follow_redirects=True)
        answer = expect(File, get_file_content.sync(file_id, client=following))
        self.assertEqual(answer.payload.read(), content)

    def test_a_list_has_pages(self) -> None:
        stored = [store(form(b"page")).file_id for _ in range(5)]
        found: list[str] = []
        cursor: str | None = None
        while len(found) < len(stored):
            answer = list_files.sync(client=CLIENT, limit=2, cursor=cursor or UNSET)
            page = expect(FileList, answer)
            self.assertLessEqual(len(page.files), 2)
            found += [metadata.file_id for metadata in page.files]
            cursor = page.next_cursor
        self.assertEqual(found[: len(stored)], stored[::-1])

    def test_a_list_can_be_of_one_status(self) -> None:
        file_id = examined(store(form(b"valid")).file_id).file_id
        for status, is_there in [(ValidationStatus.VALID, True), (ValidationStatus.INVALID, False)]:
            page = expect(FileList, list_files.sync(client=CLIENT, status=status))
            self.assertEqual(file_id in [one.file_id for one in page.files], is_there)

    def test_the_last_page_has_no_cursor(self) -> None:
        page = expect(FileList, list_files.sync(client=CLIENT, status=ValidationStatus.INVALID))
        self.assertIsNone(page.next_cursor)

    def test_a_file_is_validated_on_demand_and_has_a_history(self) -> None:
        file_id = store(form(b"a file")).file_id
        verdict = expect(FileValidation, list_files.sync(client=CLIENT, file_id=file_id))
        self.assertIs(verdict.validation_status, ValidationStatus.VALID)
        history = expect(FileHistory, get_file_history.sync(file_id, client=CLIENT)).history
        self.assertEqual([one.event.value for one in history][:2], ["received", "validated"])

    def test_a_request_that_is_repeated_is_stored_once(self) -> None:
        key = token_hex()
        bodies = [form(b"once"), form(b"once"), form(b"twice")]
        answers = [
            create_file.sync(client=CLIENT, body=body, idempotency_key=key) for body in bodies
        ]
        first, second = [expect(CreateFileResponse, answer) for answer in answers[:2]]
        self.assertEqual(first.file_id, second.file_id)
        self.assertIs(refusal(answers[2]), ProblemCode.IDEMPOTENCY_KEY_REUSED)

    def test_a_deletion_is_success_twice_and_then_there_is_nothing(self) -> None:
        file_id = store(form(b"gone")).file_id
        for _ in range(2):
            answer = delete_file.sync_detailed(file_id, client=CLIENT)
            self.assertEqual(answer.status_code, 204)
        self.assertIs(refusal(get_file.sync(file_id, client=CLIENT)), ProblemCode.FILE_NOT_FOUND)

    def test_it_works_with_asyncio(self) -> None:
        async def store_and_describe() -> FileMetadata:
            answer = await create_file.asyncio(client=CLIENT, body=in_json(b"async"))
            file_id = expect(CreateFileResponse, answer).file_id
            return expect(FileMetadata, await get_file.asyncio(file_id, client=CLIENT))

        self.assertEqual(asyncio.run(store_and_describe()).file_size, 5)

    def test_the_service_says_that_it_is_well(self) -> None:
        health = expect(Health, get_health.sync(client=CLIENT))
        self.assertIs(health.status, DependencyState.OK)
        self.assertIs(health.dependencies.objects, DependencyState.OK)


class Refusals(unittest.TestCase):
    def test_an_id_that_is_none(self) -> None:
        answer = get_file.sync_detailed("not-an-id", client=CLIENT)
        self.assertEqual(answer.status_code, 400)
        self.assertRegex(answer.headers["content-type"], "^application/problem[+]json")
        self.assertIs(refusal(answer.parsed), ProblemCode.INVALID_FILE_ID)

    def test_a_checksum_of_other_bytes(self) -> None:
        body = in_json(b"these")
        body.checksum = sha256(b"those")
        answer = create_file.sync(client=CLIENT, body=body)
        self.assertIs(refusal(answer), ProblemCode.CHECKSUM_MISMATCH)

    def test_a_name_with_a_folder(self) -> None:
        answer = create_file.sync(client=CLIENT, body=form(b"x", "../etc/passwd"))
        self.assertIs(refusal(answer), ProblemCode.INVALID_FILE_NAME)

    def test_text_that_is_not_base64(self) -> None:
        answer = create_file.sync(client=CLIENT, body=CreateFileRequest(file_content="?"))
        self.assertIs(refusal(answer), ProblemCode.INVALID_BASE64)

    def test_a_cursor_that_nobody_gave(self) -> None:
        answer = list_files.sync(client=CLIENT, cursor="made up")
        self.assertIs(refusal(answer), ProblemCode.INVALID_CURSOR)

    def test_a_file_that_is_too_large_for_json(self) -> None:
        answer = create_file.sync_detailed(client=CLIENT, body=in_json(bytes(4_600_000)))
        self.assertEqual(answer.status_code, 413)
        self.assertIs(refusal(answer.parsed), ProblemCode.FILE_TOO_LARGE)
