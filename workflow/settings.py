"""Every setting, typed, from the environment (`TEABREAK_...`) and an optional `teabreak.toml`.

The environment wins over the file. Secrets are `SecretStr`, so that they never show in a log or an error page.
"""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class MailIn(BaseModel):
    """One mailbox that staff write to (`[[mail_in]]` in teabreak.toml)."""

    name: str = Field("submissions", description="A short name for this mailbox, shown on pages.")
    address: str = Field("", description="The address staff write to, for example social@agency.example.")
    host: str = Field(description="The IMAP server's name.")
    port: int = Field(993, description="The IMAP server's port.")
    tls: bool = Field(True, description="Speak TLS from the start (port 993).")
    starttls: bool = Field(False, description="Switch to TLS after connecting (port 143).")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, if the server needs one.")
    user: str = Field(description="The account's user name.")
    password: SecretStr = Field(description="The account's password.")
    folder: str = Field("INBOX", description="The folder to watch.")
    handled_folder: str = Field("Handled", description="Where mail goes once it is taken in.")
    idle: bool = Field(True, description="Let the server announce new mail (IMAP IDLE); polling goes on as well.")
    poll_seconds: float = Field(60, description="How often to look, in seconds.", gt=0)
    authserv_id: str | None = Field(
        None,
        description="The name your server signs its Authentication-Results with; without it nobody is verified.",
    )
    require_proof: bool = Field(
        False,
        description="Hold mail whose sender your server could not verify, instead of taking it in with a note.",
    )


class MailOut(BaseModel):
    """How mail leaves (`[mail_out]` in teabreak.toml)."""

    host: str = Field("", description="The SMTP server's name; empty: no mail is sent, and `teabreak doctor` says so.")
    port: int = Field(587, description="The SMTP server's port.")
    starttls: bool = Field(True, description="Switch to TLS after connecting.")
    tls: bool = Field(False, description="Speak TLS from the start (port 465).")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, if the server needs one.")
    user: str = Field("", description="The account's user name, if the server asks for one.")
    password: SecretStr = Field(SecretStr(""), description="The account's password.")
    sender: str = Field("", description="The From address of our mails, for example Teabreak <social@agency.example>.")


# Plain http is for an address that says itself that it is near: names can lead anywhere. Not link-local ones, where
# clouds keep their secrets.
_NEAR = [
    ip_network(near) for near in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
]


class LanguageModel(BaseModel):
    """A language model that the agency hosts, as one more reader of the check (`[language_model]` in teabreak.toml)."""

    address: str = Field(
        "",
        description=(
            "Empty: off, and no draft leaves Teabreak for a check. Else where your own model answers as OpenAI's does, "
            "for example https://models.agency.example/v1. **With it, the words of drafts leave Teabreak**: "
            "[plug-ins.md](plug-ins.md) says which. https; plain http only to localhost and to private addresses."
        ),
    )
    model: str = Field("", description="The model's name there.")
    key: SecretStr = Field(SecretStr(""), description="The key that the address asks for, if it does.")
    ca_file: Path | None = Field(None, description="A certificate authority of your own, if the address needs one.")
    seconds: float = Field(30, description="How long one answer may take.", gt=0, le=300)
    clauses: list[str] = Field(
        default_factory=list,
        description="The ids of the clauses it is asked for, your own too. Empty: the nine that the check reads for.",
    )

    @field_validator("address")
    @classmethod
    def _goes_nowhere_else(cls, value: str) -> str:
        if not value:
            return value
        try:
            parts = urlsplit(value)
            port_is_sound = parts.port is None or parts.port > 0
        except ValueError:
            raise ValueError("the address cannot be read; it looks like https://models.agency.example/v1") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_sound:
            raise ValueError("the address cannot be read; it looks like https://models.agency.example/v1")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("the address holds more than a server and a path; a key goes into the setting key")
        if parts.scheme == "http" and not _is_near(parts.hostname):
            raise ValueError(
                "drafts would travel readable: use https, or an address on this machine or a private network"
            )
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> LanguageModel:
        if self.address and not self.model:
            raise ValueError("name the model: the setting model is empty")
        return self


def _is_near(host: str) -> bool:
    try:
        return any(ip_address(host) in near for near in _NEAR)
    except ValueError:
        return host == "localhost"


# workflow.checks.house.table has what stands behind each; a test keeps them the same.
HouseCheckId = Literal[
    "hashtags",
    "emoji",
    "fancy-letters",
    "long-sentences",
    "reading-age",
    "http",
    "tracking",
    "short-links",
    "link-words",
    "shouting",
    "repeats",
    "agency-words",
    "embargo",
    "mourning",
]


class Settings(BaseSettings):
    """What an agency decides. Read once at start; pass it on, never look it up again."""

    model_config = SettingsConfigDict(env_prefix="TEABREAK_", env_nested_delimiter="__", extra="forbid")

    agency_name: str = Field("Your agency", description="The agency's name, shown on every page and in every mail.")
    guide_contact: str = Field(
        "", description="Whom staff ask, about the guide or for a sign-in: an address or a telephone number."
    )
    policy_url: str = Field("", description="The agency's own social media policy (clause Always 1 links to it).")
    whistleblowing_routes: str = Field(
        "",
        description=(
            "The agency's own routes for raising a concern, one a line: internal contact, prescribed body, helpline."
        ),
    )
    time_zone: str = Field("Europe/London", description="The agency's time zone; publish times are meant in it.")
    language: str = Field("en", description="The language posts are marked with on the networks (BCP 47).")
    brand_colour: str = Field("#0b4a6f", description="The header's colour.", pattern=r"^#[0-9a-fA-F]{6}$")

    public_url: str = Field("http://127.0.0.1:8765", description="The address people open, used in mails' links.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs sessions and seals channel passwords. Empty: made once, kept in the data folder.",
    )
    secure_cookies: bool | None = Field(
        None, description="Send the session cookie over https only. Empty: decided by public_url."
    )
    proxy_hops: int = Field(
        0, description="How many proxies of yours stand in front (for the visitor's address).", ge=0
    )
    session_hours: int = Field(10, description="How long a sign-in lasts without use.", gt=0)

    data: Path = Field(Path("var"), description="The data folder: database (SQLite), attachments, raw mail.")
    database_url: str = Field(
        "", description="PostgreSQL's address; empty: SQLite in the data folder. Also DATABASE_URL."
    )

    public_contacts: list[str] = Field(
        default_factory=list,
        description=(
            "Addresses, telephone numbers and names of office-holders that the check does not mark, beside the "
            "allow-list (allow-list.md)."
        ),
    )
    agency_words: Path | None = Field(
        None,
        description=(
            "Your own list of words and dates (TOML): embargoes, the time before an election, days of mourning "
            "([house-checks.md](house-checks.md)). It is read anew for each check."
        ),
    )
    house_checks_off: list[HouseCheckId] = Field(
        default_factory=list,
        description="House checks that are switched off, by id ([house-checks.md](house-checks.md) lists them).",
    )
    max_mail_megabytes: int = Field(30, description="Mail larger than this is not fetched; its sender is told.", gt=0)
    max_picture_megabytes: int = Field(10, description="Pictures larger than this are refused.", gt=0)

    mail_in: list[MailIn] = Field(default_factory=list, description="The mailboxes that staff write to.")
    mail_out: MailOut = Field(default_factory=lambda: MailOut(), description="How mail leaves.")
    language_model: LanguageModel = Field(
        default_factory=lambda: LanguageModel(), description="A language model of your own as one more reader."
    )
    demo: bool = Field(False, description="Set by `teabreak serve --demo`: pages say that all data is sample data.")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/London")
        return value

    @model_validator(mode="after")
    def _defaults_that_follow(self) -> Settings:
        if not self.database_url:
            self.database_url = os.environ.get("DATABASE_URL", "") or f"sqlite:///{self.data.absolute()}/teabreak.db"
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                self.database_url = "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        if self.secure_cookies is None:
            self.secure_cookies = self.public_url.startswith("https://")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def files(self) -> Path:
        """Where content-addressed files stand: attachments and raw mail."""
        return self.data / "files"

    @property
    def on_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.database_url.startswith("postgresql")

    @property
    def mail_domain(self) -> str:
        """The domain our Message-IDs end in: that of the sender address, else of the public address."""
        sender = self.mail_out.sender.rstrip(">").rpartition("@")[2]
        return sender or self.public_url.partition("://")[2].partition("/")[0].partition(":")[0]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The call's own values first, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file())


def settings_file() -> Path:
    """The settings file: `TEABREAK_SETTINGS`, else `teabreak.toml` here (it need not exist)."""
    return Path(os.environ.get("TEABREAK_SETTINGS", "teabreak.toml"))


def load(**values: Any) -> Settings:
    """The settings of this process. Raises pydantic's ValidationError where one is wrong or unknown."""
    return Settings(**values)


def page() -> str:
    """docs/settings.md: every setting with its default and what it is for."""
    lines = [
        "# Settings",
        "",
        "Every setting, written by `script/settings-page`; a test keeps it current. They stand in `teabreak.toml` in",
        "the folder that Teabreak is started in (or where `TEABREAK_SETTINGS` points), or in the environment:",
        "`TEABREAK_AGENCY_NAME`, `TEABREAK_MAIL_OUT__HOST`. The environment wins.",
    ]
    parts: list[tuple[str, type[BaseModel]]] = [
        ("At the top", Settings),
        ("`[[mail_in]]`, one for each mailbox", MailIn),
        ("`[mail_out]`", MailOut),
        ("`[language_model]`", LanguageModel),
    ]
    for title, model in parts:
        lines += ["", f"## {title}", "", "| Setting | Default | What it is for |", "| --- | --- | --- |"]
        for name, about in model.model_fields.items():
            if about.annotation in (MailOut, LanguageModel, list[MailIn]) or name == "demo":
                continue
            default = "(needed)" if about.is_required() else _shown(about.get_default(call_default_factory=True))
            lines.append(f"| `{name}` | {default} | {about.description} |")
    return "\n".join(lines) + "\n"


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default in ("", None, []):
        return "(empty)"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    print(page(), end="")
