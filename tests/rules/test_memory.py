"""What was worked out of the very same objects is found again, and of equal ones it is not."""

from decimal import Decimal

from rules.memory import Memory


def test_the_same_objects_are_recalled_and_equal_ones_are_not():
    memory: Memory[str] = Memory(10)
    one, same_in_value = Decimal("1.0"), Decimal("1.00")
    memory.keep("1.0 is told", one)
    assert memory.recall(one) == "1.0 is told"
    assert memory.recall(same_in_value) is None


def test_a_full_memory_begins_anew():
    memory: Memory[int] = Memory(2)
    those = [Decimal(number) for number in range(3)]
    for number, one in enumerate(those):
        memory.keep(number, one)
    assert [memory.recall(one) for one in those] == [None, None, 2]
