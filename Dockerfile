# syntax=docker/dockerfile:1
# The tag follows Debian's and Python's security updates. For builds that must be repeatable to the byte,
# pin both stages to a digest of your own registry: FROM python:3.11-slim-bookworm@sha256:…
FROM python:3.11-slim-bookworm AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PATH=/opt/venv/bin:$PATH \
    RECOMMENDER_MODEL_CACHE=/opt/models
WORKDIR /src

COPY requirements/ requirements/
RUN python -m venv /opt/venv \
 && pip install --only-binary :all: --no-deps --require-hashes -r requirements/runtime.txt

# A plain index gives a CUDA build of torch on x86-64 (3 GB). The CPU build, 200 MB, comes from the index
# that PyTorch's install page names: docker build --build-arg TORCH_ARGS="--index-url …"
ARG TORCH_ARGS=""
# hadolint ignore=DL3042,SC2086
RUN pip install ${TORCH_ARGS} -r requirements/torch.txt

COPY pyproject.toml README.md LICENSE ./
COPY index/ index/
COPY recommender/ recommender/
# The bundled model is unpacked now: a container starts without a download and without the wait.
RUN pip install --no-deps --no-build-isolation . \
 && recommender model


FROM python:3.11-slim-bookworm AS runtime

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/data/huggingface \
    RECOMMENDER_DATA_DIR=/data \
    RECOMMENDER_HOST=0.0.0.0 \
    RECOMMENDER_MODEL_CACHE=/opt/models

RUN groupadd --system --gid 10001 recommender \
 && useradd --system --uid 10001 --gid recommender --home-dir /data --no-create-home --shell /usr/sbin/nologin recommender \
 && install --directory --owner recommender --group recommender /data

COPY --from=builder /opt/venv /opt/venv
# The service keeps a lock and what it measured about this machine beside the model.
COPY --from=builder --chown=recommender:recommender /opt/models /opt/models

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080

# Ready means: a snapshot is loaded, and the encoder or a stated degraded mode is there.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('RECOMMENDER_PORT', '8080') + '/readyz', timeout=4)"]

ENTRYPOINT ["recommender"]
CMD ["serve"]
