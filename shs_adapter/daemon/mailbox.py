"""Mailboxes: one address at one node, polled once however many tenants share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from shs_adapter.config import Shs
from shs_adapter.daemon.context import Context
from shs_adapter.daemon.pace import Paced
from shs_adapter.daemon.terms import Terms, terms
from shs_adapter.transport.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox, and whose it is; a shared one holds other systems' messages, too."""

    node: Node | Paced
    terms: Terms  # of the counterpart that it lies at
    holder: str  # whose its permits are
    settings: Mapping[str, Shs]  # by tenant

    @property
    def tenants(self) -> frozenset[str]:
        return frozenset(self.settings)

    @property
    def products(self) -> frozenset[str]:
        return frozenset(one.product for one in self.settings.values())

    @property
    def exclusive(self) -> bool:
        return all(one.mailbox == "exclusive" for one in self.settings.values())

    @property
    def name(self) -> str:
        return self.node.mailbox

    @property
    def scope(self) -> str:
        return f"mailbox:{self.name}"


def mailboxes(context: Context) -> list[Mailbox]:
    """The mailboxes to poll: each once, however many tenants share it."""

    def name(tenant: str) -> str:
        return context.nodes[tenant].mailbox

    found = []
    for _, group in groupby(sorted(context.nodes, key=name), key=name):
        tenants = list(group)
        settings = {tenant: context.config.tenants[tenant].shs for tenant in tenants}
        node = context.nodes[tenants[0]]
        agreed = terms(context.config, settings[tenants[0]].delivery_url)
        holder = f"{context.owner} mailbox:{node.mailbox}"
        found.append(
            Mailbox(
                node=Paced(node, context, agreed.rate, holder) if agreed.rate else node,
                terms=agreed,
                holder=holder,
                settings=settings,
            )
        )
    return found
