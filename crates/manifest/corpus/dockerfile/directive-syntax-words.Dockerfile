# syntax=docker/dockerfile:1 --flag
FROM alpine
