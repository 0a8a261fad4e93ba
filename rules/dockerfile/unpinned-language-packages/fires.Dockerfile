FROM python:3.12
# fires
RUN pip install requests
# fires
RUN python3 -m pip install --no-cache-dir flask==3.0.3 gunicorn
# fires
RUN npm install -g eslint
# fires
RUN gem install bundler
# fires
RUN go install golang.org/x/tools/gopls@latest
