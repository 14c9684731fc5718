"""Handlebars as Amazon SES speaks it: templates compiled to closures.

The language is that of handlebars.js 4.7, with SES's differences: nothing is escaped, an absent name or helper is an
error unless a block asks for it, and two reserved names pass through (docs/decisions/0010-template-language.md).
"""

from sestina.protocols.handlebars.errors import MissingAttribute, SyntaxFault, TemplateError, TooMuchWork
from sestina.protocols.handlebars.scope import Budget
from sestina.protocols.handlebars.template import Template, compile

__all__ = ["Budget", "MissingAttribute", "SyntaxFault", "Template", "TemplateError", "TooMuchWork", "compile"]
