FROM --platform a
