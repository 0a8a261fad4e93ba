# syntax=  
FROM alpine
