FROM python:3.12
# fires
RUN pip install --trusted-host pypi.example.com -r requirements.txt
# fires
RUN pip config set global.trusted-host pypi.example.com
