"""The console of one workspace, with every domain's pages."""

from functools import partial

from regulars.app import App
from regulars.console import (
    account,
    approvals,
    audit,
    by_hand,
    campaign_answers,
    campaign_drafts,
    campaign_monitor,
    campaign_people,
    campaign_retrying,
    campaigns,
    channels,
    clock,
    customer_consents,
    customer_lists,
    customer_quality,
    customer_quality_trait,
    customer_traits,
    customer_views,
    customers,
    definition_drafts,
    definitions,
    experiments,
    groups,
    home,
    identity,
    identity_merging,
    jobs,
    keys,
    loyalty,
    loyalty_reviews,
    member_gift,
    member_lots,
    member_spending,
    members,
    message_log,
    message_page,
    people,
    profile,
    readers,
    sending_policy,
    settings,
    workspace,
)
from regulars.console.console import Console
from regulars.console.data import (
    catalogue,
    connections,
    connections_try,
    exports,
    exports_scheduled,
    file_drops,
    hosted_forms,
    imports,
    imports_bad,
    imports_mapping,
    imports_run,
    lake,
    live,
    orders,
    plan,
    preference_centre,
    reconciliation,
    reconciliation_one,
    reject,
    rejects,
    sources,
    stores,
    webhook,
    webhook_delivery,
    webhooks,
)
from regulars.console.data import home as data_home
from regulars.console.deliverability import bounces as deliverability_bounces
from regulars.console.deliverability import domain as deliverability_domain
from regulars.console.deliverability import domains as deliverability_domains
from regulars.console.deliverability import mailboxes as deliverability_mailboxes
from regulars.console.deliverability import suppressed as deliverability_suppressed
from regulars.console.gate import AccessGate
from regulars.console.message_templates import blocks as template_blocks
from regulars.console.message_templates import editor as template_editor
from regulars.console.message_templates import listing as template_listing
from regulars.console.privacy import customer as privacy_customer
from regulars.console.privacy import policy as privacy_policy
from regulars.console.privacy import requests as privacy_requests
from regulars.console.programmes import builder as programme_builder
from regulars.console.programmes import draft as programme_draft
from regulars.console.programmes import metrics as programme_metrics
from regulars.console.programmes import roster as programme_roster
from regulars.console.programmes import running as programme_running
from regulars.console.programmes import tester as programme_tester
from regulars.console.programmes import versions as programme_versions
from regulars.console.programmes import which as programme_which
from regulars.console.rewards import (
    code_page,
    member_rewards,
    pool_form,
    pool_list,
    pool_page,
    redemptions,
    reward_form,
    reward_list,
    reward_page,
)
from regulars.console.segments import approach, approaches, scoring
from regulars.console.segments import builder as segments_builder
from regulars.console.segments import listing as segments_listing
from regulars.console.segments import overview as segments_overview
from regulars.console.segments import publishing as segments_publishing
from regulars.console.segments import segment as segments_one


def create_console(app: App) -> Console:
    """Wire the pages; `mount` puts them on a server."""
    console = Console(app=app, gate=AccessGate(app=app))
    console.add(home.router, area="home")
    console.add(customers.router, area="customers", search=partial(customers.find, app))
    console.add(customer_quality.router)
    console.add(customer_quality_trait.router)
    console.add(customer_traits.router)
    console.add(customer_consents.router)
    console.add(customer_views.router)
    console.add(groups.router)
    # Before the profile, whose address would take "merge" for a name.
    console.add(identity_merging.router)
    console.add(identity.router)
    console.add(profile.router)
    console.add(segments_overview.router, area="segments", search=partial(segments_overview.find, app))
    # Before the page of one segment, whose address would take "new" for a key.
    console.add(segments_builder.router)
    console.add(segments_listing.router)
    console.add(customer_lists.router)
    console.add(segments_publishing.router)
    for domain in (approaches, approach, scoring):
        console.add(domain.router)
    console.add(segments_one.router)
    # Before the pages of one campaign, whose address would take "new" for a name.
    for domain in (campaign_drafts, campaign_monitor, campaign_retrying, campaign_answers):
        console.add(domain.router)
    console.add(campaigns.router, area="campaigns", search=partial(campaigns.find, app))
    console.add(campaign_people.router)
    console.add(message_log.router, search=partial(message_log.find, app))
    console.add(message_page.router)
    # Before the list, as every page of one template stands below its address.
    console.add(template_editor.router)
    console.add(template_blocks.router)
    console.add(template_listing.router, search=partial(template_listing.find, app))
    console.add(experiments.router, area="experiments")
    # Before the pages of one programme, whose address would take "programmes" for a key.
    console.add(programme_builder.router)
    console.add(programme_draft.router)
    console.add(programme_tester.router)
    for domain in (
        programme_running,
        programme_roster,
        programme_metrics,
        programme_versions,
        programme_which,
    ):
        console.add(domain.router)
    # Before those of one reward and one pool, whose addresses would take "new" and "codes" for a key.
    for domain in (reward_list, reward_form, reward_page, pool_list, pool_form, code_page, pool_page):
        console.add(domain.router)
    console.add(redemptions.router)
    console.add(member_rewards.router)
    console.add(loyalty_reviews.router)
    console.add(loyalty.router, area="loyalty", search=partial(loyalty.find, app))
    console.add(settings.router, area="settings", search=settings.find)
    console.add(channels.router)
    console.add(sending_policy.router)
    for domain in (
        members,
        member_lots,
        member_gift,
        member_spending,
        by_hand,
        people,
        account,
        workspace,
        keys,
        approvals,
        audit,
    ):
        console.add(domain.router)
    for domain in (
        deliverability_domains,
        deliverability_domain,
        deliverability_bounces,
        deliverability_suppressed,
        deliverability_mailboxes,
    ):
        console.add(domain.router)
    console.add(privacy_requests.router, area="privacy")
    console.add(privacy_customer.router)
    console.add(privacy_policy.router)
    console.add(data_home.router, area="data")
    for domain in (
        sources,
        lake,
        live,
        rejects,
        reject,
        plan,
        connections,
        connections_try,
        exports_scheduled,
        exports,
        file_drops,
        # Before the page of one webhook, whose address would take "new" for a key.
        webhooks,
        webhook,
        webhook_delivery,
        hosted_forms,
        preference_centre,
        imports,
        imports_mapping,
        imports_bad,
        imports_run,
        orders,
        catalogue,
        stores,
        reconciliation,
        reconciliation_one,
    ):
        console.add(domain.router)
    for domain in (definition_drafts, definitions, readers, jobs, clock):
        console.add(domain.router)
    return console
