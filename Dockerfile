# One image for the API, the worker and the UI: the command says which.
FROM python:3.12-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/ requirements/
RUN python -m venv /opt/controlplane \
 && /opt/controlplane/bin/pip install --no-cache-dir --require-hashes -r requirements/main.lock
COPY . .
RUN /opt/controlplane/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --create-home controlplane && install -d -o controlplane /data
COPY --from=build /opt/controlplane /opt/controlplane
ENV PATH=/opt/controlplane/bin:$PATH CONTROLPLANE_DATA_DIR=/data PYTHONUNBUFFERED=1
USER controlplane
VOLUME /data
EXPOSE 8000 8501
ENTRYPOINT ["controlplane"]
CMD ["serve"]
