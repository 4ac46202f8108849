"""What is held of a person, erasing it, how long anything is kept, and the record of it all."""
