//! Every format of both reports: nothing hidden, nothing that commands a terminal or a browser.

mod assessment;
mod check;
