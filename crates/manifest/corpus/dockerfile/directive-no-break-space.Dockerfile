# escape = `
FROM alpine
