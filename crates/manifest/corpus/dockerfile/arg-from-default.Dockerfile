ARG BASE
FROM ${BASE:-alpine}
