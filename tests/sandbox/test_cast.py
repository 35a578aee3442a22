import pytest

from shs_adapter.sandbox.cast import CAST, NUMBERS, Fault, find

# Skatteverket's published test numbers, personal numbers first and then coordination numbers.
PUBLISHED = {
    "201701012393",
    "201701102384",
    "199001012385",
    "200002292399",
    "202402292383",
    "189001019802",
    "197701172392",
    "197701182383",
    "197701182391",
    "197701192382",
    "197701192390",
    "197701202397",
    "197701202389",
    "197701212388",
    "197701212396",
    "197701222387",
    "197701222395",
    "197701232386",
    "197701232394",
    "197701242385",
    "197701242393",
    "197701252384",
    "197701252392",
    "202201612393",
    "202601612381",
}


def test_every_number_is_a_published_test_number_and_has_one_owner() -> None:
    numbers = [person.number for person in CAST]

    assert set(numbers) <= PUBLISHED
    assert len(numbers) == len(set(numbers))
    assert frozenset(numbers) == NUMBERS


def test_no_fault_befalls_two_persons() -> None:
    faults = [person.fault for person in CAST if person.fault is not Fault.NONE]

    assert len(faults) == len(set(faults)) == 12


def test_the_cast_has_lives_of_many_kinds() -> None:
    assert len(CAST) >= 16
    assert len({repr(person.life) for person in CAST}) >= 14
    assert any(person.life.protected for person in CAST)
    assert any(int(person.number[6:8]) > 60 for person in CAST)
    assert any(person.number.startswith("18") for person in CAST)


def test_stories_and_names_are_one_line_each() -> None:
    for person in CAST:
        assert len(person.name.split()) == 2
        assert person.story.endswith(".")
        assert len(person.story) <= 110


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.name)
def test_a_repr_hides_the_number(person: object) -> None:
    assert not any(number in repr(person) for number in NUMBERS)


def test_a_person_is_found_by_number_alone() -> None:
    assert [find(person.number) for person in CAST] == list(CAST)
    assert find("202402292383") is None
