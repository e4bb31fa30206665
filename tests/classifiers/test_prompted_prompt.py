"""The question in words: plain and as a chat, with examples, in German; templates of strangers."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.tiny_lms import DESKS, SPECIAL, TEMPLATE, chat, make_task, make_tokenizer, prompt
from support.workers import digests, resolved

from energylabel import workloads
from energylabel.classifiers._prompting.chat import Chat, render, template_of
from energylabel.classifiers._prompting.prompt import Prompter, frame
from energylabel.errors import NotRatableError
from energylabel.records.subject import ResolvedModel

pytestmark = pytest.mark.slow

LM: dict[str, Any] = {"family": "prompted-lm", "labels": None, "max_positions": None}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    texts = [prompt(f"The parcel number {n} never came.", " delivery") for n in range(40)]
    return make_tokenizer(tmp_path_factory.mktemp("tokenizer"), texts, trail=False)


def prompter(tokenizer: Any, template: str | None = None, **values: Any) -> Prompter:
    task = make_task(**values.pop("task", {}))
    given: dict[str, Any] = {"written": None, "decodes_apart": False}
    model = resolved(Path(), **LM | values.pop("model", {}))
    around = frame(task, template, tokenizer, decodes_apart=False)
    return Prompter(tokenizer, around, task.wording.words_of(task.labels), model, **given | values)


def shown(tokenizer: Any, asked: Prompter, text: str) -> str:
    return str(tokenizer.decode(asked.prompts([text]).ids[0]))


def test_the_study_s_question_in_english(tokenizer: Any):
    assert shown(tokenizer, prompter(tokenizer), "Where is it?") == prompt("Where is it?")


def test_the_question_in_german(tokenizer: Any):
    asked = prompter(tokenizer, task={"language": "de"})
    assert shown(tokenizer, asked, "Wo bleibt es?") == (
        "Ordne den Text einer der folgenden Kategorien zu:\n- praise\n- fault\n- delivery\n\n"
        "Text: Wo bleibt es?\nKategorie:"
    )


def test_worked_examples_come_before_the_text(tokenizer: Any):
    given = (("It broke.", 1), ("Lovely!", 0))
    asked = prompter(tokenizer, task={"examples": given})
    first = prompt("It broke.", " fault")
    assert shown(tokenizer, asked, "Late again") == (
        f"{first}\n\nText: Lovely!\nCategory: praise\n\nText: Late again\nCategory:"
    )


def test_long_examples_are_cut(tokenizer: Any):
    asked = prompter(tokenizer, task={"examples": (("late " * 900, 2),)})
    count = len(tokenizer(shown(tokenizer, asked, ""))["input_ids"])
    assert count == asked.empty
    plain = prompter(tokenizer).empty
    assert 128 < count - plain < 128 + 20


def test_a_chat_template_is_honoured(tokenizer: Any):
    asked = prompter(tokenizer, TEMPLATE)
    assert shown(tokenizer, asked, "Where is it?") == chat("Where is it?")
    example = prompter(tokenizer, TEMPLATE, task={"examples": (("It broke.", 1),)})
    assert shown(tokenizer, example, "Late") == (
        f"{chat('It broke.', 'fault')}\n<|user|>\nText: Late\nCategory:<|end|>\n<|assistant|>\n"
    )


@pytest.mark.parametrize(
    "today", ["{{ date_string }}", "{{ strftime_now('%d %b %Y') }}"], ids=["name", "function"]
)
def test_a_template_that_writes_the_date_writes_the_same_every_day(tokenizer: Any, today: str):
    around = frame(make_task(), today + TEMPLATE, tokenizer, decodes_apart=False)
    assert around.before.startswith("26 Jul 2024<|user|>")


def test_what_ends_a_turn_is_found_in_the_template(tokenizer: Any):
    around = frame(make_task(), TEMPLATE, tokenizer, decodes_apart=False)
    assert around.ends == (SPECIAL.index("<|end|>"), SPECIAL.index("</s>"))
    assert around.gap == ""
    spaced = TEMPLATE.replace("<|assistant|>\n{% endif %}", "<|assistant|>{% endif %}").replace(
        "|>\n{{", "|> {{"
    )
    assert frame(make_task(), spaced, tokenizer, decodes_apart=False).gap == " "


@pytest.mark.parametrize("template", [None, TEMPLATE])
def test_prompt_and_label_are_the_tokens_of_the_whole(tokenizer: Any, template: str | None):
    labels = ("delivery", "del", "fault!", "7", "Öl")
    asked = prompter(tokenizer, template, task={"labels": labels})
    text = "The parcel 7"
    (ids,) = asked.prompts([text]).ids
    whole = chat(text) if template else prompt(text)
    listed = "\n".join(f"- {label}" for label in labels)
    whole = whole.replace("\n".join(f"- {desk}" for desk in DESKS), listed)
    for label, continued in zip(labels, asked.continuations, strict=True):
        said = f"{whole}{label}" if template else f"{whole} {label}"
        assert [*ids, *continued][: len(tokenizer(said)["input_ids"])] == (
            tokenizer(said)["input_ids"]
        )


def test_labels_that_begin_others_are_scored_with_their_end(tokenizer: Any):
    task = {"labels": ("aa bb", "aa bb cc")}
    end = SPECIAL.index("<|end|>")
    said = prompter(tokenizer, TEMPLATE, task=task).continuations
    assert [each[-1] for each in said] == [end, end]
    newline = tokenizer("\n")["input_ids"]
    said = prompter(tokenizer, task=task).continuations
    assert [list(each[-1:]) for each in said] == [newline, newline]
    assert end not in prompter(tokenizer, TEMPLATE).continuations[0]


def test_labels_that_are_the_same_to_the_tokenizer(tokenizer: Any):
    words = workloads.wording("en").model_copy(update={"words": {"praise": "fault"}})
    with pytest.raises(NotRatableError, match="two labels are the same"):
        prompter(tokenizer, task={"wording": words})


def test_only_the_text_is_cut(tokenizer: Any):
    asked = prompter(tokenizer)
    assert asked.limit == 512
    text = "parcel " * 800
    made = asked.prompts([text, "short", ""])
    assert made.truncated == 1
    assert len(made.ids[0]) <= asked.empty + 512
    assert len(made.ids[0]) > asked.empty + 505
    assert tokenizer.decode(made.ids[0]).endswith("parcel\nCategory:")
    whole = len(tokenizer(prompt(text))["input_ids"])
    assert made.uncut == whole + len(made.ids[1]) + len(made.ids[2])


def test_a_text_of_broken_characters_is_cut_between_them(tokenizer: Any):
    made = prompter(tokenizer).prompts(["🙈" * 700])
    shown = tokenizer.decode(made.ids[0])
    assert "\ufffd" not in shown
    assert 100 < shown.count("🙈") <= 128 + 1  # four bytes, four tokens each


def test_the_limit_is_what_positions_leave(tokenizer: Any):
    longest = max(map(len, prompter(tokenizer).continuations))
    empty = prompter(tokenizer).empty
    asked = prompter(tokenizer, model={"max_positions": 200})
    assert asked.limit == 200 - empty - longest
    written = prompter(tokenizer, model={"max_positions": 200}, written=16)
    assert written.limit == 200 - empty - 16
    most = [len(ids) for ids in written.prompts(["wonderful " * 300]).ids]
    assert most[0] + 16 <= 200


def test_a_prompt_without_room_for_a_text(tokenizer: Any):
    with pytest.raises(NotRatableError, match="leaves no room"):
        prompter(tokenizer, model={"max_positions": 42})


def test_a_label_that_is_longer_than_an_answer(tokenizer: Any):
    task = {"labels": ("x" + " 9q" * 20, "y")}
    with pytest.raises(NotRatableError, match="a label has") as caught:
        prompter(tokenizer, task=task, written=16)
    assert "--mode score" in caught.value.hint
    assert prompter(tokenizer, task=task).limit


LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("template", [LOOP, "{{ 9 ** (9 ** 9) }}"])
def test_a_template_without_an_end_is_stopped(template: str):
    with pytest.raises(NotRatableError, match="does not end"):
        render(template, [Chat([("user", "a")], asks=True)], {}, seconds=1)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ raise_exception('no users here') }}", "no users here"),
        ("{{ 'a' * 99999999999 }}", "MemoryError"),
        ("{% for n in range(99999) %}{{ '0123456789' * 9 }}{% endfor %}", "characters"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "SecurityError"),
        ("{{ messages.append(1) }}", "SecurityError"),
        ("{{ " + "(" * 5000 + ")" * 5000 + " }}", "RecursionError"),
    ],
)
def test_a_hostile_template_is_refused(template: str, said: str):
    with pytest.raises(NotRatableError, match=said) as caught:
        render(template, [Chat([("user", "a")], asks=True)], {})
    assert "chat template" in caught.value.message


@pytest.mark.parametrize(
    "template", ["nothing", "{% for m in messages %}{{ m.content * 2 }}{% endfor %}"]
)
def test_a_template_that_does_not_show_the_text_once(tokenizer: Any, template: str):
    with pytest.raises(NotRatableError, match="times, not once"):
        frame(make_task(), template, tokenizer, decodes_apart=False)


def with_files(folder: Path, **files: str) -> ResolvedModel:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, "utf-8")
    return resolved(folder, files=digests(folder), **LM)


def test_where_a_template_comes_from(tmp_path: Path):
    assert template_of(with_files(tmp_path)) is None
    settings = json.dumps({"chat_template": [{"name": "default", "template": "a"}]})
    assert template_of(with_files(tmp_path, tokenizer_config__json=settings)) == "a"
    settings = json.dumps({"chat_template": "b"})
    assert template_of(with_files(tmp_path, tokenizer_config__json=settings)) == "b"
    model = with_files(tmp_path, chat_template__jinja="c")
    assert template_of(model) == "c"
    # what was not digested when the model was resolved does not exist
    alone = with_files(tmp_path, tokenizer_config__json="{}")
    seen = [file for file in alone.files if file.path != "chat_template.jinja"]
    assert template_of(alone.model_copy(update={"files": tuple(seen)})) is None


@pytest.mark.parametrize("place", ["chat_template__jinja", "tokenizer_config__json"])
def test_a_huge_template(tmp_path: Path, place: str):
    huge = "ä" * 131_073
    content = huge if "jinja" in place else json.dumps({"chat_template": huge})
    with pytest.raises(NotRatableError, match="larger than 256 kB"):
        template_of(with_files(tmp_path, **{place: content}))


def test_a_template_that_is_no_text(tmp_path: Path):
    with pytest.raises(NotRatableError, match="is no text"):
        template_of(with_files(tmp_path, tokenizer_config__json='{"chat_template": {"a": 1}}'))


def test_a_broken_template_stops_the_model_by_name(tiny_chat: Path, tmp_path: Path):
    from energylabel.classifiers.base import Placement
    from energylabel.classifiers.prompted_lm import PLUGIN

    folder = shutil.copytree(tiny_chat, tmp_path / "m")
    (folder / "chat_template.jinja").write_text("{% if %}")
    model = resolved(folder, architecture="LlamaForCausalLM", model_type="llama", **LM)
    with (
        pytest.raises(NotRatableError, match=r"local/tiny: the chat template does not work"),
        PLUGIN.open(model, Placement("cpu", "auto", 1), make_task()),
    ):
        pass
