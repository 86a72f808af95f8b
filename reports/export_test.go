package reports

// OutcomeOf is what a run came to.
var OutcomeOf = outcome
