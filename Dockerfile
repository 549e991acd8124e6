# The image of one service, and of nothing else: docker build --build-arg SERVICE=customer .
# It runs as `python -m services.customer_svc api`, or `worker`, `migrate`, `topics`: the name and the command are its arguments.

FROM python:3.12-slim AS packages
WORKDIR /packages
COPY requirements-setup.lock requirements.lock ./
# What sets up stays in this stage; each package is refused whose hash is not in the lock file.
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-setup.lock \
 && python -m venv --without-pip /opt/rainmaker \
 && uv pip install --python /opt/rainmaker/bin/python --no-cache --compile-bytecode --only-binary :all: --require-hashes -r requirements.lock

FROM python:3.12-slim
ARG SERVICE
COPY --from=packages /opt/rainmaker /opt/rainmaker
ENV PATH=/opt/rainmaker/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
COPY shared shared
COPY services/__init__.py services/
COPY services/${SERVICE}_svc services/${SERVICE}_svc
# A volume takes its first owner from the folder that it is mounted on. Who checks out for himself alone (umask 077) copies
# files that nobody else may read.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin rainmaker \
 && install -d -o rainmaker -g rainmaker -m 0700 /mailbox \
 && python -m compileall -q shared services \
 && chmod -R a+rX /app
USER 10001:10001
ENTRYPOINT ["python", "-m"]
