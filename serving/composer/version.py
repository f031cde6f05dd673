"""The version of what the composer makes: equal briefs give equal bytes within one."""

COMPOSER_VERSION = "6"
