"""The table: every feature of the language, by template, data and result."""

from vectors.handlebars.cases import blocks, lines, partials, refusals, tags

ALL = (*tags.ALL, *blocks.ALL, *lines.ALL, *partials.ALL, *refusals.ALL)
