"""Why single sign-on let nobody in, in one sentence each, and what to do next."""

from tokens.policy.sign_on import Refusal

#: {name}: what the host calls the provider (OIDC_NAME).
REFUSED: dict[Refusal, str] = {
    Refusal.NOT_STARTED: "This sign-in was not begun here, was used already or took too long."
    " Begin again.",
    Refusal.PROVIDER_AWAY: "{name} does not answer. Try again in a minute.",
    Refusal.PROVIDER_REFUSED: "{name} did not let you through. Try again, or ask whoever looks"
    " after it.",
    Refusal.BAD_ANSWER: "What {name} answered cannot be trusted, so nobody was signed in. Ask"
    " whoever looks after this server.",
    Refusal.NO_GROUP: "None of your groups at {name} lets you in here. Ask whoever looks after"
    " them.",
    Refusal.TOO_MANY_GROUPS: "You are in so many groups that {name} leaves them out. Ask whoever"
    " looks after it to send only those of this product.",
    Refusal.NO_EMAIL: "{name} says no e-mail of yours, and an account here needs one.",
    Refusal.EMAIL_UNVERIFIED: "There is an account with your e-mail, and {name} does not say that"
    " the e-mail is yours. Ask an administrator.",
    Refusal.EMAIL_DISOWNED: "{name} says that nobody verified your e-mail, and an account here is"
    " named by it. Ask whoever looks after {name}.",
    Refusal.OTHER_IDENTITY: "The account with your e-mail belongs to somebody else at {name}. Ask"
    " an administrator.",
    Refusal.DISABLED: "Your account here is disabled. An administrator can enable it.",
    Refusal.LAST_ADMINISTRATOR: "You are the last administrator here, and your groups at {name} no"
    " longer say so. Make somebody else one first.",
    Refusal.SOMEBODY_ELSE: "You signed in at {name} as somebody else. Sign in there as yourself.",
    Refusal.NOT_FRESH: "{name} did not ask who you are, so it is not confirmed.",
}
