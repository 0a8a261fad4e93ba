FROM python:3.12
RUN pip install --cert /ca.pem --index-url https://pypi.example.com/simple -r requirements.txt
