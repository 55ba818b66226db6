"""Every figure, in the order of the table. A new one is a file in `figures/` and a line here."""

from bench.figures import (
    administration,
    code_flow,
    first_answer,
    follow,
    growth,
    introspection,
    memory,
    one_time_passwords,
    pages,
    radius,
    radius_load,
    refresh,
    saml,
    sign_in,
    synchronise,
    two_processes,
    userinfo,
    verification,
)
from bench.workbench import Figure

FIGURES: tuple[Figure, ...] = (
    sign_in.FIGURE,
    code_flow.FIGURE,
    refresh.FIGURE,
    saml.FIGURE,
    userinfo.FIGURE,
    introspection.FIGURE,
    pages.FIGURE,
    one_time_passwords.FIGURE,
    verification.FIGURE,
    radius.FIGURE,
    radius_load.FIGURE,
    synchronise.FIGURE,
    follow.FIGURE,
    memory.FIGURE,
    first_answer.FIGURE,
    growth.FIGURE,
    administration.FIGURE,
    two_processes.FIGURE,
)
