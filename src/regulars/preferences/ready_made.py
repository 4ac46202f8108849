"""The messages that bring a link somebody asked for, by language, and a preference centre to begin with."""

from regulars.messaging import Template

LINK_TEMPLATES = {
    "en": (
        "preference-link",
        Template(
            title="Link to the preferences",
            purpose="transactional",
            subject="Your link to your preferences",
            preheader="It shows your data for an hour.",
            text="""\
Hello,

here is the link to your preferences that was asked for:

{{ preferences_url }}

For an hour it also shows your data. If you did not ask for it, do nothing, and do not pass it on.
""",
        ),
    ),
    "de": (
        "preference-link-de",
        Template(
            title="Link zu den Einstellungen",
            purpose="transactional",
            subject="Ihr Link zu Ihren Einstellungen",
            preheader="Er zeigt eine Stunde lang Ihre Daten.",
            text="""\
Guten Tag,

hier ist der angeforderte Link zu Ihren Einstellungen:

{{ preferences_url }}

Eine Stunde lang zeigt er auch Ihre Daten. Haben Sie ihn nicht angefordert, tun Sie nichts, und geben Sie ihn
nicht weiter.
""",
        ),
    ),
}
