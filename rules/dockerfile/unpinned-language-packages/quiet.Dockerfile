FROM python:3.12
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt && pip3 install requests==2.32.3 "x @ https://example.com/x.whl" . ./a
RUN pip install -c constraints.txt flask
RUN python3 -m pip install --upgrade pip==24.0
RUN npm ci && npm install && npm install -g eslint@9.4.0 @scope/tool@1.2.3 && npm install express
RUN gem install bundler -v 2.5.10 && gem install rake:13.2.1
RUN go install golang.org/x/tools/gopls@v0.16.0
RUN python3 app.py pip install x
