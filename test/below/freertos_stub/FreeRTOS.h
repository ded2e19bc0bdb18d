/*
 * FreeRTOS.h - the calls of FreeRTOS and FreeRTOS-Plus-TCP that bindings/below/freertos and the
 * examples of its page use, declared anew: it is compiled against these, and run over
 * test/below/freertos.c. The other headers of this folder include this one.
 */
#ifndef FREERTOS_STUB_H
#define FREERTOS_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
typedef uint16_t configSTACK_DEPTH_TYPE;
#define portMAX_DELAY ((TickType_t)UINT32_MAX)
#define configTICK_RATE_HZ 1000u
#define pdTRUE ((BaseType_t)1)
#define pdFALSE ((BaseType_t)0)
#define pdPASS pdTRUE
#define pdFAIL pdFALSE
#define pdFREERTOS_ERRNO_EWOULDBLOCK 11
#define pdFREERTOS_ERRNO_ENOSPC 28
#define pdFREERTOS_ERRNO_ENOTCONN 128

/* semphr.h */
typedef struct stub_mutex *SemaphoreHandle_t;
SemaphoreHandle_t xSemaphoreCreateMutex(void);
BaseType_t xSemaphoreTake(SemaphoreHandle_t mutex, TickType_t wait);
BaseType_t xSemaphoreGive(SemaphoreHandle_t mutex);

/* task.h */
typedef struct stub_task *TaskHandle_t;
typedef void (*TaskFunction_t)(void *argument);
BaseType_t xTaskCreate(TaskFunction_t function, const char *name, configSTACK_DEPTH_TYPE stack,
                       void *argument, UBaseType_t priority, TaskHandle_t *task);
TickType_t xTaskGetTickCount(void);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
void vTaskDelete(TaskHandle_t task);
#define tskIDLE_PRIORITY ((UBaseType_t)0)
#define pdMS_TO_TICKS(ms) ((TickType_t)((ms) * (configTICK_RATE_HZ / 1000u)))
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t wait);

/* FreeRTOS_IP.h, NetworkBufferManagement.h, FreeRTOS_Routing.h. Of the structures, the members that
 * are used. */
struct xNetworkInterface;
struct xNetworkEndPoint;
typedef struct {
    uint8_t *pucEthernetBuffer;
    size_t xDataLength;
    struct xNetworkInterface *pxInterface;
    struct xNetworkEndPoint *pxEndPoint;
} NetworkBufferDescriptor_t;
typedef BaseType_t (*NetworkInterfaceOutputFunction_t)(struct xNetworkInterface *nif,
                                                       NetworkBufferDescriptor_t *const buffer,
                                                       BaseType_t release);
typedef struct xNetworkInterface {
    const char *pcName;
    void *pvArgument;
    NetworkInterfaceOutputFunction_t pfOutput;
} NetworkInterface_t;
typedef struct {
    uint8_t ucBytes[16];
} IPv6_Address_t;
typedef struct xNetworkEndPoint {
    struct {
        uint32_t ulIPAddress;
        uint32_t ulNetMask;
        uint32_t ulGatewayAddress;
    } ipv4_settings;
    struct {
        IPv6_Address_t xIPAddress;
        size_t uxPrefixLength;
        IPv6_Address_t xGatewayAddress;
    } ipv6_settings;
    struct {
        uint32_t bIPv6 : 1;
    } bits;
} NetworkEndPoint_t;
#define ipTYPE_IPv4 0x40u
#define ipTYPE_IPv6 0x60u
NetworkBufferDescriptor_t *pxGetNetworkBufferWithDescriptor(size_t size, TickType_t wait);
void vReleaseNetworkBufferAndDescriptor(NetworkBufferDescriptor_t *const buffer);
NetworkEndPoint_t *FreeRTOS_FirstEndPoint(const NetworkInterface_t *nif);
NetworkEndPoint_t *FreeRTOS_NextEndPoint(const NetworkInterface_t *nif, NetworkEndPoint_t *e);
NetworkEndPoint_t *FreeRTOS_FindEndPointOnNetMask_IPv6(const IPv6_Address_t *address);
NetworkEndPoint_t *FreeRTOS_FindGateWay(BaseType_t type);
typedef enum { eNetworkRxEvent = 1, eNetworkTxEvent } eIPEvent_t;
typedef struct {
    eIPEvent_t eEventType;
    void *pvData;
} IPStackEvent_t;
BaseType_t xSendEventStructToIPTask(const IPStackEvent_t *event, TickType_t wait);
BaseType_t xApplicationGetRandomNumber(uint32_t *number);

/* FreeRTOS_Sockets.h */
typedef struct stub_socket *Socket_t;
typedef const struct stub_socket *ConstSocket_t;
#define socklen_t uint32_t
#define FREERTOS_INVALID_SOCKET ((Socket_t)(uintptr_t)~0u)
#define FREERTOS_AF_INET 2
#define FREERTOS_AF_INET6 10
#define FREERTOS_SOCK_STREAM 1
#define FREERTOS_IPPROTO_TCP 6
#define FREERTOS_SO_RCVTIMEO 0
#define FREERTOS_SO_WAKEUP_CALLBACK 17
#define FREERTOS_MSG_DONTWAIT 16
#define FREERTOS_SHUT_RDWR 2
#define FreeRTOS_htons(x) ((uint16_t)((uint16_t)(x) << 8 | (uint16_t)(x) >> 8))
#define FreeRTOS_ntohs(x) FreeRTOS_htons(x)
struct freertos_sockaddr {
    uint8_t sin_len;
    uint8_t sin_family;
    uint16_t sin_port;
    uint32_t sin_flowinfo;
    union {
        uint32_t ulIP_IPv4;
        IPv6_Address_t xIP_IPv6;
    } sin_address;
};
enum {
    eCLOSED,
    eTCP_LISTEN,
    eCONNECT_SYN,
    eSYN_FIRST,
    eSYN_RECEIVED,
    eESTABLISHED,
    eFIN_WAIT_1,
    eFIN_WAIT_2,
    eCLOSE_WAIT,
    eCLOSING,
    eLAST_ACK,
    eTIME_WAIT
};
Socket_t FreeRTOS_socket(BaseType_t domain, BaseType_t type, BaseType_t protocol);
BaseType_t FreeRTOS_bind(Socket_t s, const struct freertos_sockaddr *at, socklen_t size);
BaseType_t FreeRTOS_connect(Socket_t s, const struct freertos_sockaddr *to, socklen_t size);
BaseType_t FreeRTOS_listen(Socket_t s, BaseType_t backlog);
Socket_t FreeRTOS_accept(Socket_t s, struct freertos_sockaddr *from, socklen_t *size);
BaseType_t FreeRTOS_send(Socket_t s, const void *octets, size_t length, BaseType_t flags);
BaseType_t FreeRTOS_recv(Socket_t s, void *octets, size_t length, BaseType_t flags);
BaseType_t FreeRTOS_shutdown(Socket_t s, BaseType_t how);
BaseType_t FreeRTOS_closesocket(Socket_t s);
BaseType_t FreeRTOS_setsockopt(Socket_t s, int32_t level, int32_t option, const void *value,
                               size_t size);
size_t FreeRTOS_GetLocalAddress(ConstSocket_t s, struct freertos_sockaddr *at);
BaseType_t FreeRTOS_connstatus(ConstSocket_t s);
BaseType_t FreeRTOS_rx_size(ConstSocket_t s);
BaseType_t FreeRTOS_tx_space(ConstSocket_t s);
NetworkEndPoint_t *pxGetSocketEndpoint(ConstSocket_t s);

#endif
