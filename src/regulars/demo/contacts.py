"""Invented names and addresses for the grocer's households, who are known by a number only.

Addresses stand under the reserved domain .invalid and telephone numbers in the range kept for fiction, so
that nothing sent by mistake could reach anybody.
"""

from hashlib import sha256

FIRST = """
Ada Alan Alma Amir Anna Arthur Beatriz Ben Bianca Boris Camille Carlos Chloe Clara Daniel Dora Edith
Elias Elif Emma Felix Fiona Frida Gabriel Grace Hana Hassan Helen Hugo Ida Imani Ines Isaac Ivy Jana
Jonas Julia Kai Karim Lara Leo Lina Lucas Maja Malik Marta Max Mei Mila Nadia Nils Noah Nora Olga
Omar Otto Paula Pedro Priya Rafael Rosa Ruth Sam Sara Selma Simon Sofia Tariq Tessa Theo Tomas
Ursula Vera Viktor Wanda Yara Yusuf Zoe
""".split()  # noqa: SIM905
LAST = """
Abbott Almeida Andersen Aydin Baker Barros Becker Bianchi Brooks Castillo Chen Clarke Costa Dalton
Diallo Dubois Ekström Ellis Farkas Ferrari Fischer Fuentes Garner Gupta Hale Hansen Hayes Herrera
Hoffmann Ibrahim Ivanova Jensen Kaya Keller Kim Kowalski Lambert Larsen Lehmann Lopez Marino Mendes
Meyer Moreau Nagy Novak Okafor Olsen Ortega Park Pereira Petrov Quinn Ramos Reyes Ricci Rossi Sato
Schmidt Silva Singh Sousa Stein Takeda Tanaka Torres Ueda Varga Vogel Walsh Weber Yilmaz Young Zhang
Zimmer
""".split()  # noqa: SIM905
AREAS = """
513 216 330 419 440 567 614 740 937 234 380 859 502 270 606 812 317 765 574 219 260 463 304 681 412 724
""".split()  # noqa: SIM905


def contact(household: int) -> dict[str, str]:
    """Name, address and telephone of one household, always the same for one number."""
    drawn = int.from_bytes(sha256(f"household {household}".encode()).digest()[:8])
    first, last = FIRST[drawn % len(FIRST)], LAST[drawn // 1000 % len(LAST)]
    area, line = AREAS[household // 100 % len(AREAS)], household % 100
    return {
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "email": f"household-{household}@grocer.invalid",
        "phone": f"+1{area}55501{line:02}",
    }
