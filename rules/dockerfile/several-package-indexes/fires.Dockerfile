FROM python:3.12
# fires
RUN pip install --extra-index-url https://pypi.example.com/simple -r requirements.txt
