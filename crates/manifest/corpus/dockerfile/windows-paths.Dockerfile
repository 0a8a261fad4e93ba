# escape=`
FROM mcr.microsoft.com/windows/nanoserver
COPY testfile.txt c:\\
RUN dir c:\ `
  && dir
WORKDIR c:\a\b
ENV P=c:\x Q="c:\y z"
