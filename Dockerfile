# The tool gate as an image: docs/tool-gate.md. Build: docker build -t mcp-gate .
FROM python:3.13-slim AS build
WORKDIR /src
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY gk_hooks gk_hooks
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[mcp]'

FROM python:3.13-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index /wheels/*.whl \
    && rm -r /wheels \
    && useradd --system --uid 10001 --home-dir /var/lib/mcp-gate --create-home mcp-gate
USER 10001
WORKDIR /var/lib/mcp-gate
# the audit log, its checkpoints and the state outlive the container
VOLUME ["/var/lib/mcp-gate"]
ENTRYPOINT ["mcp-gate"]
CMD ["--help"]
